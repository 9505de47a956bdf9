// Reads dashboards strictly by the types of grafana-foundation-sdk: main v1|v2 FILE… prints what is wrong, exit code 1.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/dashboardv2"
)

type checked interface {
	UnmarshalJSONStrict([]byte) error
	Validate() error
}

// The part of a file that the types describe: a v2 document is a resource whose spec is the dashboard.
func content(schema string, raw []byte) ([]byte, checked, error) {
	if schema == "v1" {
		return raw, &dashboard.Dashboard{}, nil
	}
	var resource struct {
		APIVersion string          `json:"apiVersion"`
		Kind       string          `json:"kind"`
		Spec       json.RawMessage `json:"spec"`
	}
	if err := json.Unmarshal(raw, &resource); err != nil {
		return nil, nil, err
	}
	if resource.APIVersion != "dashboard.grafana.app/v2" || resource.Kind != "Dashboard" {
		return nil, nil, fmt.Errorf("apiVersion %q, kind %q", resource.APIVersion, resource.Kind)
	}
	return resource.Spec, &dashboardv2.Dashboard{}, nil
}

func check(schema, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	body, into, err := content(schema, raw)
	if err != nil {
		return err
	}
	if err := into.UnmarshalJSONStrict(body); isProblem(err) {
		return err
	}
	if err := into.Validate(); isProblem(err) {
		return err
	}
	return nil
}

// The generated code returns an empty list of errors where all is well, which is not nil as an error.
func isProblem(err error) bool {
	var errs cog.BuildErrors
	return err != nil && (!errors.As(err, &errs) || len(errs) > 0)
}

func main() {
	plugins.RegisterDefaultPlugins()
	failed := false
	for _, path := range os.Args[2:] {
		if err := check(os.Args[1], path); err != nil {
			failed = true
			fmt.Printf("%s: %v\n", path, err)
		}
	}
	if failed {
		os.Exit(1)
	}
}
