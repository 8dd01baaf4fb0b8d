# Two lists of the input joined by a field.
package bench.join

golden contains order.id if {
	some order in input.orders
	some customer in input.customers
	customer.id == order.customer
	customer.tier == "gold"
	order.total > 100
}

unknown contains order.id if {
	some order in input.orders
	not customer_known(order.customer)
}

customer_known(id) if {
	some customer in input.customers
	customer.id == id
}

decision := {"golden": count(golden), "unknown": unknown}
