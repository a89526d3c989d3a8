"""A small customer API: a real HTTP API that knows nothing of Remit.

It wants an API key in `X-Api-Key`; whoever has that key may read and change every customer.
"""

import argparse
import hmac
import os
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

CUSTOMERS: dict[str, dict[str, Any]] = {
    "c-100": {"id": "c-100", "name": "Blue Harbor Ltd", "plan": "standard", "credit": 0},
    "c-200": {"id": "c-200", "name": "Tall Pine AG", "plan": "premium", "credit": 0},
}


def refused(request: Request) -> JSONResponse | None:
    given = request.headers.get("x-api-key", "").encode()
    if hmac.compare_digest(given, os.environ["CRM_API_KEY"].encode()):
        return None
    return JSONResponse({"error": "api key required"}, 401)


async def list_customers(request: Request) -> JSONResponse:
    if (answer := refused(request)) is not None:
        return answer
    plan = request.query_params.get("plan")
    return JSONResponse([c for c in CUSTOMERS.values() if plan in (None, c["plan"])])


async def read_customer(request: Request) -> JSONResponse:
    if (answer := refused(request)) is not None:
        return answer
    customer = CUSTOMERS.get(request.path_params["customer"])
    return JSONResponse(customer) if customer else JSONResponse({"error": "unknown"}, 404)


async def give_credit(request: Request) -> JSONResponse:
    if (answer := refused(request)) is not None:
        return answer
    customer = CUSTOMERS.get(request.path_params["customer"])
    if customer is None:
        return JSONResponse({"error": "unknown"}, 404)
    asked = await request.json()
    customer["credit"] += asked["amount"]
    return JSONResponse(customer, 201)


async def delete_customer(request: Request) -> JSONResponse:
    if (answer := refused(request)) is not None:
        return answer
    return JSONResponse(CUSTOMERS.pop(request.path_params["customer"], None))


app = Starlette(
    routes=[
        Route("/v1/customers", list_customers),
        Route("/v1/customers/{customer}", read_customer),
        Route("/v1/customers/{customer}/credits", give_credit, methods=["POST"]),
        Route("/v1/customers/{customer}", delete_customer, methods=["DELETE"]),
    ]
)


def main() -> None:
    """Serve the API; its key comes in CRM_API_KEY."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="warning")


if __name__ == "__main__":
    main()
