const char *greeting_for(int hour);
