#include <stdio.h>

#include "automaton.h"

int main(void)
{
    static unsigned char rings[2][CELLS];
    set_cell(rings[0], CELLS / 2, 1);
    for (int time = 0; time < 20000; time++)
        step(rings[time & 1], rings[~time & 1], 110);
    printf("%d of %d cells are alive\n", alive(rings[0]), CELLS);
    return 0;
}
