package cost

# Infracost writes amounts of money as strings of digits (Infracost documentation, "JSON output format").
is_estimate if {
	is_array(input.projects)
	is_string(input.currency)
	some key in ["totalMonthlyCost", "diffTotalMonthlyCost"]
	key in object.keys(input)
}

estimate_limits := {"totalMonthlyCost": "monthlyTotal", "diffTotalMonthlyCost": "monthlyIncrease"}

estimate_words := {"totalMonthlyCost": "costs", "diffTotalMonthlyCost": "adds"}

findings contains {
	"rule": sprintf("cost/%s", [{"monthlyTotal": "monthly-total", "monthlyIncrease": "monthly-increase"}[limit]]),
	"msg": sprintf(
		"by the estimate the change %s %v %s a month; at most %v would be right",
		[estimate_words[key], input[key], input.currency, limits[limit]],
	),
	"path": [key],
} if {
	is_estimate
	some key, limit in estimate_limits
	to_number(input[key]) > limits[limit]
}

# What is no amount is not taken for nothing. `null` is what an estimate without an earlier one says of the difference.
findings contains {
	"rule": "cost/unreadable",
	"msg": sprintf("`%s` of the estimate is `%v`, no amount of money; estimate again", [key, input[key]]),
	"path": [key],
} if {
	is_estimate
	some key, limit in estimate_limits
	limits[limit]
	input[key] != null
	not is_amount(input[key])
}

is_amount(value) if {
	is_string(value)
	is_number(to_number(value))
}

is_amount(value) if is_number(value)
