#pragma once
#include "WiFi.h"
struct MDNSType {
  bool begin(const char *) { return true; }
  IPAddress queryHost(const char *) { return IPAddress(); }
} static MDNS;
