#include "world.h"

void step(const World *from, World *to) {
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++)
            to->alive[row][column] = (unsigned char)lives_on(
                from->alive[row][column], neighbours(from, row, column));
}
