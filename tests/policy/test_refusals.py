from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable


def test_refusals_carry_their_code_and_the_wire_says_no_more():
    invalid, unusable = ArgumentsInvalid("$.a", "type"), SchemaUnusable("no")
    assert (invalid.code, invalid.place, invalid.rule) == ("arguments_invalid", "$.a", "type")
    assert unusable.code == "policy_error"
    assert invalid.description == unusable.description == "The request is not permitted."
