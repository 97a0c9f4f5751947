#include "automaton.h"

int cell_at(const unsigned char *ring, int place)
{
    return ring[place & (CELLS - 1)];
}

void set_cell(unsigned char *ring, int place, int alive)
{
    ring[place & (CELLS - 1)] = (unsigned char)alive;
}
