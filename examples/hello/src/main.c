#include <stdio.h>
#include "greeting.h"

int main(void) {
    printf("%s from a program whose modules were optimised together.\n", greeting_for(9));
    return 0;
}
