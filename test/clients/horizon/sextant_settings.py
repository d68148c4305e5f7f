"""Debian's settings of Horizon, before an API with users who sign in: by its environment."""
import os

from openstack_dashboard.settings import *  # noqa: F401,F403

OPENSTACK_KEYSTONE_URL = os.environ['OS_AUTH_URL']
SECRET_KEY = os.environ['HORIZON_SECRET']
ALLOWED_HOSTS = ['*']
CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}
SESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'
