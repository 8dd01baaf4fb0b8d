package lib.weights_test

import data.lib.weights

test_an_unknown_rule_denies if weights.of("no/such") == "deny"

test_a_weight_is_taken_from_the_parameters if {
	weights.of("a/b") == "warn" with data.parameters.weights as {"a/b": "warn"}
	weights.of("a/b") == "off" with data.parameters.weights as {"a/b": "off"}
}

test_a_misspelt_weight_denies if weights.of("a/b") == "deny" with data.parameters.weights as {"a/b": "wran"}
