#include "automaton.h"

int rule_of(int number, int left, int cell, int right)
{
    return number >> (left << 2 | cell << 1 | right) & 1;
}
