# Roles and grants in base documents.
package bench.roles

default allow := false

allow if {
	some role in data.bindings[input.user]
	some grant in data.grants[role]
	input.action == grant.action
	input.resource == grant.resource
}
