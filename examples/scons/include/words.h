#ifndef WORDS_H
#define WORDS_H

int is_letter(int character);
unsigned count_words(const char *text);

#endif
