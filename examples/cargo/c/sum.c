#include <stddef.h>
#include <stdint.h>

/* Small enough to be inlined into Rust. */
int64_t sum(const int32_t *values, size_t count) {
    int64_t total = 0;
    for (size_t at = 0; at < count; at++)
        total += values[at];
    return total;
}
