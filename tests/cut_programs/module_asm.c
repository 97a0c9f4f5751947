/* Assembler of a whole file cannot be divided. */
#include <stdio.h>
__asm__(".globl from_assembler\nfrom_assembler:\n    mov $42, %eax\n    ret\n");
int from_assembler(void);
static int add(int x) { return x + 1; }
int main(void) { printf("%d\n", add(from_assembler())); return 0; }
