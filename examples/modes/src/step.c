#include "automaton.h"

void step(const unsigned char *from, unsigned char *to, int number)
{
    for (int place = 0; place < CELLS; place++)
        set_cell(to, place, rule_of(number, cell_at(from, place - 1), cell_at(from, place),
                                    cell_at(from, place + 1)));
}

int alive(const unsigned char *ring)
{
    int count = 0;
    for (int place = 0; place < CELLS; place++)
        count += cell_at(ring, place);
    return count;
}
