# wants: limit_depth|undefined
# GraphQL nested deeply.
package hostile

t := concat("", array.concat(["{a" | some _ in numbers.range(1, 5000)], ["}" | some _ in numbers.range(1, 5000)]))
p := graphql.parse_query(t)
