#include "world.h"

int neighbours(const World *world, int row, int column) {
    int count = -cell(world, row, column);
    for (int down = -1; down <= 1; down++)
        for (int right = -1; right <= 1; right++)
            count += cell(world, row + down, column + right);
    return count;
}
