// Reads dashboards by the types of Perses' API, whose decoding validates them: main FILE… prints what is wrong, exit code 1.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	v1 "github.com/perses/perses/pkg/model/api/v1"
)

// Decoding ignores unknown fields, since the types decode themselves: what is written again must be what was read.
func check(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var dashboard v1.Dashboard
	if err := json.Unmarshal(raw, &dashboard); err != nil {
		return err
	}
	again, err := json.Marshal(dashboard)
	if err != nil {
		return err
	}
	var read, written any
	if err := json.Unmarshal(raw, &read); err != nil {
		return err
	}
	if err := json.Unmarshal(again, &written); err != nil {
		return err
	}
	return missing("", read, written)
}

// The first field of the document that the types do not have, or that they have with another value.
func missing(path string, read, written any) error {
	switch value := read.(type) {
	case map[string]any:
		fields, _ := written.(map[string]any)
		for name, part := range value {
			other, isKnown := fields[name]
			if !isKnown && !isEmpty(part) {
				return fmt.Errorf("unknown field %s.%s", path, name)
			}
			if isKnown {
				if err := missing(path+"."+name, part, other); err != nil {
					return err
				}
			}
		}
		return nil
	case []any:
		entries, _ := written.([]any)
		if len(entries) != len(value) {
			return fmt.Errorf("%s has %d entries instead of %d", path, len(entries), len(value))
		}
		for index, part := range value {
			if err := missing(fmt.Sprintf("%s[%d]", path, index), part, entries[index]); err != nil {
				return err
			}
		}
		return nil
	default:
		left, _ := json.Marshal(read)
		right, _ := json.Marshal(written)
		if !bytes.Equal(left, right) {
			return fmt.Errorf("%s is %s instead of %s", path, right, left)
		}
		return nil
	}
}

// Empty values are left out when the types are written.
func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case bool:
		return !value
	case []any:
		return len(value) == 0
	default:
		return false
	}
}

func main() {
	failed := false
	for _, path := range os.Args[1:] {
		if err := check(path); err != nil {
			failed = true
			fmt.Printf("%s: %v\n", path, err)
		}
	}
	if failed {
		os.Exit(1)
	}
}
