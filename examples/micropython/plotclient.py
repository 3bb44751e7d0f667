# plotclient.py: asks the broker to keep tables of numbers and to plot them.
import json


class PlotClient:
    """The calls of the course's plotclient, on any MQTT client that is connected.

    A row has one number for each column; the first column is x in the plot.
    What went wrong comes back on SESSION/errors, what was done on
    SESSION/plot/done.
    """

    def __init__(self, client, session):
        self.client = client
        self.session = session

    def _send(self, verb, *what):
        # len() of a str counts characters, umqtt needs bytes where a title has a
        # letter of two; topics have none, and paho wants them as str.
        self.client.publish(self.session + "/" + verb, json.dumps(what).encode())

    def new_series(self, series, *columns):
        """Begins a run. Units stand in the names: "Voltage [V]"."""
        self._send("new_series", series, *columns)

    def data(self, series, *values):
        self._send("data", series, *values)

    def save_series(self, series, filename=None):
        """Keeps the run as a Python pickle, under the series' name unless it is told another."""
        self._send("save_series", series, filename)

    def plot_series(self, series, **options):
        """filename, title, xlabel, ylabel, format, figsize, xlog, ylog, hist, grid"""
        self._send("plot_series", series, options)
