// What Terraform's provider does with each of its openstack_networking_* resources, by the library that it is made
// with: make it, read it back and find what was asked for, change it, read it, find it in a list, take it away, and
// find nothing. One line a step on standard output: "ok NAME", or "FAILED NAME: why". It ends with 0 when it came to
// its end, whatever the steps said.
package main

import (
	"fmt"
	"os"
	"reflect"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack"
)

// A cloud as one user sees it.
type cloud struct {
	identity *gophercloud.ServiceClient
	network  *gophercloud.ServiceClient
}

// A step that cannot go on.
type failure struct{ reason string }

// Ends the step.
func fail(format string, words ...interface{}) { panic(failure{fmt.Sprintf(format, words...)}) }

// Ends the step on an error.
func must(err error, doing string) {
	if err != nil {
		fail("%s: %v", doing, err)
	}
}

// Ends the step unless what was read back is what was asked for: Terraform would plan a change.
func same(what string, got, want interface{}) {
	if !reflect.DeepEqual(got, want) {
		fail("%s drifted: asked for %#v, read %#v", what, want, got)
	}
}

// Ends the step unless the thing is gone.
func gone(err error, what string) {
	if _, is := err.(gophercloud.ErrDefault404); !is {
		fail("%s is still there after it was deleted, or not in the way that clients know: %v", what, err)
	}
}

// Ends the step unless it was refused as in use.
func inUse(err error, what string) {
	if _, is := err.(gophercloud.ErrDefault409); !is {
		fail("%s went, or was refused in another way, while in use: %v", what, err)
	}
}

func step(name string, run func()) {
	defer func() {
		if caught := recover(); caught != nil {
			reason, is := caught.(failure)
			if !is {
				panic(caught)
			}
			fmt.Printf("FAILED %s: %s\n", name, reason.reason)
			return
		}
		fmt.Printf("ok %s\n", name)
	}()
	run()
}

// Signs in by a password, and finds the services in the catalog.
func signIn(name, password, project string) cloud {
	provider, err := openstack.AuthenticatedClient(gophercloud.AuthOptions{
		IdentityEndpoint: os.Getenv("OS_AUTH_URL"),
		Username:         name,
		Password:         password,
		DomainName:       "Default",
		TenantName:       project,
		AllowReauth:      true,
	})
	must(err, "signing in")
	identity, err := openstack.NewIdentityV3(provider, gophercloud.EndpointOpts{Region: "RegionOne"})
	must(err, "looking for the identity service")
	network, err := openstack.NewNetworkV2(provider, gophercloud.EndpointOpts{Region: "RegionOne"})
	must(err, "looking for the network service")
	return cloud{identity, network}
}

var yes, no = true, false

func main() {
	var admin, member cloud
	var project string
	step("sign in", func() { admin = signIn("admin", os.Getenv("OS_PASSWORD"), "admin") })
	step("project, user and role", func() { project, member = newMember(admin) })
	var external string
	step("external network", func() { external = externalNetwork(admin) })
	step("network", func() { networkResource(member) })
	for _, mode := range subnetModes {
		mode := mode
		step("subnet "+mode.name, func() { subnetResource(member, mode) })
	}
	step("subnet by its pool, of an address scope", func() { poolResource(member) })
	step("port", func() { portResource(member) })
	step("port of an administrator", func() { boundPort(admin) })
	step("security group and rules", func() { groupResource(member) })
	step("router, routes and interfaces", func() { routerResource(member, external) })
	step("floating IP and association", func() { floatingResource(member, external) })
	step("port forwarding", func() { forwardingResource(member, external) })
	step("trunk", func() { trunkResource(member) })
	step("QoS policy and rules", func() { qosResource(admin, member, project) })
	step("RBAC policy", func() { sharingResource(admin, member, project) })
	step("quota", func() { quotaResource(admin, project) })
	step("agents, addresses left and extensions", func() { dataSources(admin) })
}
