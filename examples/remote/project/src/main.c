#include <stdio.h>
#include "world.h"

int main(void) {
    static World worlds[2] = {{{{0, 1, 0}, {0, 0, 1}, {1, 1, 1}}}};
    int alive = 0;
    for (int day = 0; day < 100; day++)
        step(&worlds[day % 2], &worlds[(day + 1) % 2]);
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++)
            alive += cell(&worlds[0], row, column);
    printf("%d cells are alive after a hundred days\n", alive);
    return 0;
}
