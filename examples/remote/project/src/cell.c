#include "world.h"

/* Taken into neighbours.c, and with that into step.c. */
int cell(const World *world, int row, int column) {
    return world->alive[(row + SIDE) % SIDE][(column + SIDE) % SIDE];
}
