#include "greeting.h"

const char *greeting_for(int hour) {
    return hour < 12 ? "Good morning" : "Good evening";
}
