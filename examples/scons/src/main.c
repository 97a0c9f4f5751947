#include "printing.h"
#include "words.h"

int main(int count, char **words)
{
    print_count(count_words(count > 1 ? words[1] : "one link, many backends"), "word");
    return 0;
}
