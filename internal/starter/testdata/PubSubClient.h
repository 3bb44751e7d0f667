#pragma once
#include "WiFi.h"
struct PubSubClient {
  PubSubClient(WiFiClient &) {}
  void setServer(const char *, int) {}
  void setServer(IPAddress, int) {}
  void setCallback(void (*)(char *, byte *, unsigned int)) {}
  bool setBufferSize(int) { return true; }
  bool connect(const char *, const char *, const char *) { return true; }
  bool connected() { return true; }
  bool subscribe(const char *) { return true; }
  bool publish(const char *, const char *) { return true; }
  bool loop() { return true; }
  int state() { return 0; }
};
