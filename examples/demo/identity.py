"""Asks the platform who this workload is: prints a fresh, single-use identity token for Remit.

On a real platform this is a file that the platform writes, or one request to its metadata service.
"""

import json
import os
import urllib.parse
import urllib.request


def main() -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["WORKLOAD"],
        "client_secret": os.environ["WORKLOAD_SECRET"],
        "resource": os.environ["REMIT_ISSUER"],
    }
    url = os.environ["PLATFORM"] + "/token"
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode())
    with urllib.request.urlopen(request, timeout=10) as response:
        print(json.load(response)["access_token"])


if __name__ == "__main__":
    main()
