/* One of everything that a module can have and that cutting it could break. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int counter;
static const char *const names[] = {"zero", "one", "two"};
static const unsigned char table[256] = {1, 2, 3, [255] = 9};
static __thread int per_thread = 5;
int tentative;
__attribute__((weak)) int overridable(void) { return 3; }
extern int missing(void) __attribute__((weak));
static int original(int x) { return x + counter; }
int second_name(int x) __attribute__((alias("original")));

static int fast(int x) { return x * 2; }
static int (*resolve(void))(int) { return fast; }
int chosen(int x) __attribute__((ifunc("resolve")));

__attribute__((constructor(101))) static void first(void) { counter = 10; }
__attribute__((constructor(102))) static void then(void) { counter *= 2; }
__attribute__((destructor)) static void last(void) { printf("bye %d\n", counter); }

__attribute__((used)) static int by_assembler(void) { return 77; }
static int call_by_assembler(void) {
    int result;
    __asm__ volatile("call by_assembler" : "=a"(result) : : "rcx", "rdx", "rsi", "rdi", "r8", "r9",
                     "r10", "r11", "memory", "cc");
    return result;
}

static inline __attribute__((always_inline)) int inlined_assembler(int x) {
    const void *found;
    __asm__ volatile("nop\n\tlea by_assembler(%%rip), %0" : "=r"(found));
    return found == (const void *)by_assembler ? x : 0;
}
int assembler_here(int x) { return inlined_assembler(x); }
int assembler_there(int x) { return inlined_assembler(x) * 2; }
static inline __attribute__((always_inline)) int twins(int x) {
    int first, second, third;
    { static int value; first = value += x; }
    { static int value; second = value += 2 * x; }
    { static int value; third = value += 3 * x; }
    return first * 100 + second * 10 + third;
}
int twins_here(int x) { return twins(x); }
int twins_there(int x) { return twins(x) + 1; }

struct entry { const char *name; int (*run)(int); };
__attribute__((section("entries"), used, retain)) static struct entry entry_a = {"a", original};
__attribute__((section("entries"), used, retain)) static struct entry entry_b = {"b", fast};
extern struct entry __start_entries[], __stop_entries[];

static int interpret(const char *code) {
    static const void *const labels[] = {&&add, &&subtract, &&stop};
    int value = 0;
    goto *labels[*code++ - '0'];
add:
    value += 7;
    goto *labels[*code++ - '0'];
subtract:
    value -= 2;
    goto *labels[*code++ - '0'];
stop:
    return value;
}

static jmp_buf place;
static __attribute__((noinline, noreturn)) void leap(int value) { longjmp(place, value); }
static int leaped(void) {
    int value = setjmp(place);
    if (!value)
        leap(13);
    return value;
}

static int sum(int count, ...) {
    va_list words;
    int total = 0;
    va_start(words, count);
    while (count--)
        total += va_arg(words, int);
    va_end(words);
    return total;
}

static int next(void) {
    static int calls;
    static int *where = &calls;
    return ++*where;
}
static int next_other(void) {
    static int calls = 100;
    return calls++;
}
static int recursive(int n);
static int other(int n) { return n ? recursive(n - 1) + 1 : 0; }
static int recursive(int n) { return n ? other(n - 1) + 2 : 0; }

static void release(int *value) { printf("released %d\n", *value); }
static int cleaned(void) {
    __attribute__((cleanup(release))) int value = 8;
    return value + 1;
}
extern inline __attribute__((gnu_inline)) int only_inline(int x) { return x + 4; }
int only_inline(int x) { return x + 4; }

struct bits { unsigned a : 3, b : 7; long double wide; __int128 wider; };
static struct bits packed(int x) { return (struct bits){x & 7, x, x * 1.5L, (__int128)x << 70}; }
static const char *same_text(void) { return "shared text"; }
static const char *same_text_again(void) { return "shared text"; }
__attribute__((visibility("protected"))) int shown = 4;
_Complex double turned(double x) { return x * 1.0i; }
static int compare(const void *a, const void *b);
static int (*const pointer)(const void *, const void *) = compare;
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

int main(int count, char **words) {
    (void)words;
    printf("%d %d %d\n", counter, second_name(1), original(2));
    printf("%d %d %d\n", chosen(21), overridable(), missing ? 1 : 0);
    for (struct entry *entry = __start_entries; entry < __stop_entries; entry++)
        printf("%s %d\n", entry->name, entry->run(count));
    printf("%d %d\n", interpret("0012"), leaped());
    printf("%d %d\n", sum(3, 1, 2, 3), call_by_assembler());
    int a = next(), b = next(), c = next_other(), d = next_other();
    printf("%d %d %d %d\n", a, b, c, d);
    printf("%d %d %d\n", recursive(9), cleaned(), only_inline(3));
    struct bits made = packed(count + 20);
    printf("%u %u %.1Lf %d\n", made.a, made.b, made.wide, (int)(made.wider >> 70));
    printf("%s %s %d %d\n", names[count], same_text(), table[255], table[count]);
    printf("%d\n", strcmp(same_text(), same_text_again()));
    per_thread += count;
    printf("%d %d %d %.1f\n", per_thread, tentative++, shown, __imag__ turned(2.0));
    int one = 1, two = 2;
    printf("%d\n", pointer(&one, &two));
    printf("%d %d\n", assembler_here(count), assembler_there(count));
    one = twins_here(count), two = twins_there(count);
    printf("%d %d\n", one, two);
    return 0;
}
