# config.py: the lines that you change.
WIFI = "name of the WiFi"
WIFI_PASSWORD = "its password"

BROKER = "192.168.1.5"  # the address that labbroker prints for boards
PORT = 1883

SESSION = "insert unique session here"  # your name: letters, digits, _ and -
PASSWORD = "choose one"  # the first log-in with a name claims it; use none from elsewhere

INTERVAL = 100  # ms between readings

SCL, SDA = 22, 23  # pins of the INA219
LED = 13
