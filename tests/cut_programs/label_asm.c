/* Assembler of one function makes a name that others know: no module but this one has it. */
#include <stdio.h>

int by_label(void);
int counter;

__attribute__((noinline)) int make(int x) {
    __asm__ volatile("jmp 1f\n"
                     "by_label:\n\tmovl $42, %%eax\n\tret\n"
                     "1:" ::: "memory");
    return x + counter++;
}
int call(void) { return by_label() + counter; }
int call_again(void) { return by_label() * 2 + counter; }

int main(int count, char **words) {
    (void)words;
    printf("%d\n", make(count));
    printf("%d\n", call());
    printf("%d\n", call_again());
    return 0;
}
