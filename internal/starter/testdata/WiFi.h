// What the sketch uses of Arduino and of its libraries, for a compiler only.
#pragma once
#include <cstdio>
#include <string>
typedef unsigned char byte;
struct String {
  std::string s;
  String(const char *t) : s(t) {}
  const char *c_str() const { return s.c_str(); }
};
inline String operator+(const char *a, const String &b) { return String((a + b.s).c_str()); }
struct IPAddress {
  unsigned v = 0;
  bool operator==(const IPAddress &o) const { return v == o.v; }
};
struct SerialPort {
  void begin(int) {}
  void print(const char *) {}
  void println(const char * = "") {}
  void println(int) {}
  void write(const byte *, unsigned) {}
} static Serial;
enum { WL_CONNECTED, WIFI_STA };
struct WiFiType {
  int status() { return WL_CONNECTED; }
  void mode(int) {}
  void begin(const char *, const char *) {}
  int waitForConnectResult() { return WL_CONNECTED; }
  String macAddress() { return "00"; }
} static WiFi;
struct WiFiClient {};
inline unsigned long millis() { return 0; }
inline void delay(unsigned long) {}
