from remit.policy.engine import PoliciesInvalid, PolicyFault


def test_a_fault_says_where_it_is_and_the_error_carries_them_all():
    faults = [PolicyFault("ops", n, f"ops.{n}", "wrong") for n in range(1, 30)]
    error = PoliciesInvalid(faults)
    assert str(faults[0]) == "ops:1: ops.1: wrong"
    assert error.faults == tuple(faults)
    assert "ops:10:" in error.detail
    assert "ops:11:" not in error.detail
