package cost

limits := object.get(data.parameters, "cost", {})

# Quantities as Kubernetes writes them, in CPUs and in bytes; undefined for what is none.
quantity("cpu", amount) := amount if is_number(amount)

quantity("cpu", amount) := units.parse(amount) if is_string(amount)

quantity("memory", amount) := amount if is_number(amount)

quantity("memory", amount) := units.parse_bytes(amount) if is_string(amount)
