#include "world.h"

int lives_on(int alive, int neighbours) {
    return neighbours == 3 || (alive && neighbours == 2);
}
