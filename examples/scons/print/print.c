#include <stdio.h>

#include "printing.h"

void print_count(unsigned count, const char *what)
{
    printf("%u %s%s\n", count, what, count == 1 ? "" : "s");
}
