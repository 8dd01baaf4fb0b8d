# A thousand items, gone through three times.
package bench.scan

found if input.items[_].id == input.wanted

big := [item.id | some item in input.items; item.size > 95]

total := sum([item.size | some item in input.items])

decision := {"found": found, "big": big, "total": total}
