#include "words.h"

unsigned count_words(const char *text)
{
    unsigned count = 0;
    for (int inside = 0; *text; text++) {
        count += is_letter(*text) && !inside;
        inside = is_letter(*text);
    }
    return count;
}
