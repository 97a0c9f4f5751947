// Debian generates RE2's tables of Unicode from a package of Unicode's data. These are empty: the
// program is built and compared, never asked about Unicode.
#include "re2/unicode_casefold.h"
#include "re2/unicode_groups.h"

namespace re2 {

const CaseFold unicode_casefold[] = {{'A', 'Z', 32}, {'a', 'z', -32}};
const int num_unicode_casefold = 2;
const CaseFold unicode_tolower[] = {{'A', 'Z', 32}};
const int num_unicode_tolower = 1;
const UGroup unicode_groups[] = {{"Any", 1, nullptr, 0, nullptr, 0}};
const int num_unicode_groups = 1;
const UGroup posix_groups[] = {{"[:alpha:]", 1, nullptr, 0, nullptr, 0}};
const int num_posix_groups = 1;
const UGroup perl_groups[] = {{"\\d", 1, nullptr, 0, nullptr, 0}};
const int num_perl_groups = 1;

}  // namespace re2
