"""Two threads wait until a message is published."""

import threading

from paho.mqtt.client import MQTTMessageInfo


def two_wait():
    """Both are told."""
    info = MQTTMessageInfo(1)
    threading.Thread(target=info.wait_for_publish).start()
    threading.Thread(target=info.wait_for_publish).start()
    threading.Thread(target=info._set_as_published).start()
