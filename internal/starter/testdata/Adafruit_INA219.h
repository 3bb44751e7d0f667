#pragma once
#include "WiFi.h"
struct Adafruit_INA219 {
  bool begin() { return true; }
  float getBusVoltage_V() { return 5; }
  float getCurrent_mA() { return 81; }
};
