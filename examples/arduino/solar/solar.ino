// Publishes an INA219 from an ESP32 with the Arduino IDE.
// Libraries (Library Manager): PubSubClient, Adafruit INA219.
#include <Adafruit_INA219.h>
#include <PubSubClient.h>
#include <WiFi.h>

// The lines that you change.
const char *WIFI = "name of the WiFi";
const char *WIFI_PASSWORD = "its password";
const char *BROKER = "192.168.1.5";  // the address that labbroker prints for boards
const char *PASSWORD = "choose one";
#define SESSION "insert unique session here"  // your name: letters, digits, _ and -

const unsigned long INTERVAL = 100;  // ms between readings

WiFiClient wifi;
PubSubClient client(wifi);
Adafruit_INA219 sensor;
bool found = false;
unsigned long last = 0;

void received(char *topic, byte *payload, unsigned int length) {
  if (strcmp(topic, SESSION "/led") == 0) {
    bool on = (length == 2 && memcmp(payload, "on", 2) == 0) || (length == 1 && payload[0] == '1');
    digitalWrite(LED_BUILTIN, on);
    return;
  }
  Serial.print("The broker says: ");
  Serial.write(payload, length);
  Serial.println();
}

void connect() {
  while (WiFi.status() != WL_CONNECTED) {
    Serial.println("WiFi: joining");
    WiFi.begin(WIFI, WIFI_PASSWORD);
    WiFi.waitForConnectResult();
  }
  String id = "arduino-" + WiFi.macAddress();
  // id, user, password, then the last will: topic, QoS, retained, payload
  if (!client.connect(id.c_str(), SESSION, PASSWORD, SESSION "/status", 0, true, "offline")) {
    Serial.print("The broker refuses or does not answer: ");  // 4: user or password, 5: name not allowed
    Serial.println(client.state());
    delay(2000);
    return;
  }
  client.subscribe(SESSION "/errors");
  client.subscribe(SESSION "/led");
  client.publish(SESSION "/status", "online", true);
  Serial.println("Connected as " SESSION);
}

void setup() {
  Serial.begin(115200);
  pinMode(LED_BUILTIN, OUTPUT);
  WiFi.mode(WIFI_STA);
  client.setServer(BROKER, 1883);
  client.setCallback(received);
  client.setBufferSize(1024);  // the broker's sentences are longer than the usual 256
}

void loop() {
  if (!client.connected()) connect();
  client.loop();
  if (millis() - last < INTERVAL) return;
  last = millis();
  if (!found && !(found = sensor.begin())) {
    Serial.println("INA219: no answer, check SDA, SCL, 3V3 and GND");
    return;
  }
  char text[96];
  float v = sensor.getBusVoltage_V(), i = sensor.getCurrent_mA();
  snprintf(text, sizeof text, "{\"voltage\": %.3f, \"current_mA\": %.1f, \"power_mW\": %.1f}", v, i, v * i);
  client.publish(SESSION "/mcu/ina219", text);
}
