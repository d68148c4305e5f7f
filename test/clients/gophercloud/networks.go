package main

import (
	"sort"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/attributestags"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/dns"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/external"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/layer3/addressscopes"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/mtu"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/portsecurity"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/subnetpools"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/subnets"
)

// A network as the provider reads it.
type fullNetwork struct {
	networks.Network
	external.NetworkExternalExt
	mtu.NetworkMTUExt
	portsecurity.PortSecurityExt
	dns.NetworkDNSExt
}

func readNetwork(in cloud, id string) fullNetwork {
	var read fullNetwork
	must(networks.Get(in.network, id).ExtractInto(&read), "reading the network")
	return read
}

func tag(in cloud, kind, id string, wanted ...string) {
	_, err := attributestags.ReplaceAll(in.network, kind, id, attributestags.ReplaceAllOpts{Tags: wanted}).Extract()
	must(err, "tagging")
}

// The administrator's network with addresses for gateways and floating IPs, of both versions of IP.
func externalNetwork(admin cloud) string {
	made, err := networks.Create(admin.network, external.CreateOptsExt{
		CreateOptsBuilder: networks.CreateOpts{Name: "outside", AdminStateUp: &yes},
		External:          &yes,
	}).Extract()
	must(err, "making an external network")
	same("router:external", readNetwork(admin, made.ID).External, true)
	for _, place := range []subnets.CreateOpts{
		{NetworkID: made.ID, IPVersion: gophercloud.IPv4, CIDR: "203.0.113.0/24", EnableDHCP: &no},
		{NetworkID: made.ID, IPVersion: gophercloud.IPv6, CIDR: "2001:db8:ffff::/64", EnableDHCP: &no},
	} {
		_, err := subnets.Create(admin.network, place).Extract()
		must(err, "making a subnet outside")
	}
	return made.ID
}

// A network for another resource to be on.
func newNetwork(in cloud, name string) string {
	made, err := networks.Create(in.network, networks.CreateOpts{Name: name}).Extract()
	must(err, "making a network")
	return made.ID
}

// openstack_networking_network_v2
func networkResource(member cloud) {
	made, err := networks.Create(member.network, dns.NetworkCreateOptsExt{
		CreateOptsBuilder: portsecurity.NetworkCreateOptsExt{
			CreateOptsBuilder: mtu.CreateOptsExt{
				CreateOptsBuilder: networks.CreateOpts{Name: "n", Description: "first", AdminStateUp: &yes},
				MTU:               1400,
			},
			PortSecurityEnabled: &no,
		},
		DNSDomain: "example.org.",
	}).Extract()
	must(err, "making it")
	tag(member, "networks", made.ID, "a", "b")
	read := readNetwork(member, made.ID)
	same("network", []interface{}{
		read.Name, read.Description, read.AdminStateUp, read.Shared, read.Status, read.MTU,
		read.PortSecurityEnabled, read.DNSDomain, read.External, read.Tags, read.AvailabilityZoneHints,
	}, []interface{}{
		"n", "first", true, false, "ACTIVE", 1400, false, "example.org.", false, []string{"a", "b"}, []string{},
	})
	name, text := "n2", ""
	_, err = networks.Update(member.network, made.ID, portsecurity.NetworkUpdateOptsExt{
		UpdateOptsBuilder:   networks.UpdateOpts{Name: &name, Description: &text, AdminStateUp: &no},
		PortSecurityEnabled: &yes,
	}).Extract()
	must(err, "changing it")
	tag(member, "networks", made.ID, "c")
	read = readNetwork(member, made.ID)
	same("changed network",
		[]interface{}{read.Name, read.Description, read.AdminStateUp, read.PortSecurityEnabled, read.MTU, read.Tags},
		[]interface{}{"n2", "", false, true, 1400, []string{"c"}})
	pages, err := networks.List(member.network, networks.ListOpts{Name: "n2", Tags: "c", Status: read.Status}).AllPages()
	must(err, "listing networks")
	listed, err := networks.ExtractNetworks(pages)
	must(err, "reading networks")
	same("number of networks found", len(listed), 1)
	must(networks.Delete(member.network, made.ID).ExtractErr(), "deleting it")
	_, err = networks.Get(member.network, made.ID).Extract()
	gone(err, "the network")
}

type subnetMode struct {
	name          string
	version       gophercloud.IPVersion
	cidr, gateway string
	ra, address   string
}

// The modes in which the addresses of a subnet are given: IPv4, and each of IPv6.
var subnetModes = []subnetMode{
	{"of IPv4", gophercloud.IPv4, "10.1.0.0/24", "10.1.0.1", "", ""},
	{"by slaac", gophercloud.IPv6, "2001:db8:1::/64", "2001:db8:1::1", "slaac", "slaac"},
	{"by dhcpv6-stateful", gophercloud.IPv6, "2001:db8:2::/64", "2001:db8:2::1", "dhcpv6-stateful", "dhcpv6-stateful"},
	{"by dhcpv6-stateless", gophercloud.IPv6, "2001:db8:3::/64", "2001:db8:3::1", "dhcpv6-stateless", "dhcpv6-stateless"},
	{"without a mode", gophercloud.IPv6, "2001:db8:4::/64", "2001:db8:4::1", "", ""},
	{"with a router of others", gophercloud.IPv6, "2001:db8:5::/64", "2001:db8:5::1", "", "slaac"},
}

// openstack_networking_subnet_v2
func subnetResource(member cloud, mode subnetMode) {
	network := newNetwork(member, "for "+mode.name)
	servers, few := []string{"2001:db8::53", "2001:db8::54"}, []string{"2001:db8::55"}
	if mode.version == gophercloud.IPv4 {
		servers, few = []string{"192.0.2.53", "192.0.2.54"}, []string{"192.0.2.55"}
	}
	made, err := subnets.Create(member.network, subnets.CreateOpts{
		NetworkID: network, Name: "s", Description: "first", CIDR: mode.cidr, IPVersion: mode.version,
		EnableDHCP: &yes, DNSNameservers: servers, GatewayIP: &mode.gateway,
		IPv6RAMode: mode.ra, IPv6AddressMode: mode.address,
	}).Extract()
	must(err, "making it")
	tag(member, "subnets", made.ID, "t")
	read, err := subnets.Get(member.network, made.ID).Extract()
	must(err, "reading it")
	same("subnet", []interface{}{
		read.Name, read.Description, read.CIDR, read.IPVersion, read.EnableDHCP, read.DNSNameservers, read.GatewayIP,
		read.IPv6RAMode, read.IPv6AddressMode, len(read.AllocationPools), read.SubnetPoolID, read.Tags,
		read.HostRoutes,
	}, []interface{}{
		"s", "first", mode.cidr, int(mode.version), true, servers, mode.gateway,
		mode.ra, mode.address, 1, "", []string{"t"}, []subnets.HostRoute{},
	})
	name, none := "s2", ""
	_, err = subnets.Update(member.network, made.ID, subnets.UpdateOpts{
		Name: &name, Description: &none, DNSNameservers: &few, GatewayIP: &none,
	}).Extract()
	must(err, "changing it")
	read, err = subnets.Get(member.network, made.ID).Extract()
	must(err, "reading it")
	same("changed subnet", []interface{}{read.Name, read.Description, read.DNSNameservers, read.GatewayIP},
		[]interface{}{"s2", "", few, ""})
	pages, err := subnets.List(member.network, subnets.ListOpts{NetworkID: network, CIDR: mode.cidr}).AllPages()
	must(err, "listing subnets")
	listed, err := subnets.ExtractSubnets(pages)
	must(err, "reading subnets")
	same("number of subnets found", len(listed), 1)
	must(subnets.Delete(member.network, made.ID).ExtractErr(), "deleting it")
	_, err = subnets.Get(member.network, made.ID).Extract()
	gone(err, "the subnet")
	must(networks.Delete(member.network, network).ExtractErr(), "deleting its network")
}

// openstack_networking_addressscope_v2, _subnetpool_v2, and a subnet of it
func poolResource(member cloud) {
	scope, err := addressscopes.Create(member.network, addressscopes.CreateOpts{Name: "scope", IPVersion: 6}).Extract()
	must(err, "making a scope")
	renamed := "scope2"
	_, err = addressscopes.Update(member.network, scope.ID, addressscopes.UpdateOpts{Name: &renamed}).Extract()
	must(err, "changing the scope")
	scope, err = addressscopes.Get(member.network, scope.ID).Extract()
	must(err, "reading the scope")
	same("scope", []interface{}{scope.Name, scope.IPVersion, scope.Shared}, []interface{}{"scope2", 6, false})
	pool, err := subnetpools.Create(member.network, subnetpools.CreateOpts{
		Name: "pool", Description: "first", Prefixes: []string{"2001:db8:a::/48"}, DefaultPrefixLen: 64, MinPrefixLen: 56,
		MaxPrefixLen: 64, AddressScopeID: scope.ID,
	}).Extract()
	must(err, "making a pool")
	text := ""
	_, err = subnetpools.Update(member.network, pool.ID, subnetpools.UpdateOpts{
		Name: "pool2", Description: &text, Prefixes: []string{"2001:db8:a::/48", "2001:db8:c::/48"},
	}).Extract()
	must(err, "changing the pool")
	pool, err = subnetpools.Get(member.network, pool.ID).Extract()
	must(err, "reading the pool")
	sort.Strings(pool.Prefixes)
	same("pool", []interface{}{
		pool.Name, pool.Description, pool.Prefixes, pool.DefaultPrefixLen, pool.MinPrefixLen, pool.MaxPrefixLen,
		pool.AddressScopeID, pool.IPversion, pool.IsDefault, pool.Shared, pool.DefaultQuota,
	}, []interface{}{
		"pool2", "", []string{"2001:db8:a::/48", "2001:db8:c::/48"}, 64, 56, 64, scope.ID, 6, false, false, 0,
	})
	network := newNetwork(member, "of a pool")
	subnet, err := subnets.Create(member.network, subnets.CreateOpts{
		NetworkID: network, IPVersion: gophercloud.IPv6, SubnetPoolID: pool.ID, Prefixlen: 64,
		IPv6RAMode: "slaac", IPv6AddressMode: "slaac",
	}).Extract()
	must(err, "making a subnet of the pool")
	subnet, err = subnets.Get(member.network, subnet.ID).Extract()
	must(err, "reading the subnet")
	same("subnet of the pool", []interface{}{subnet.SubnetPoolID, subnet.IPVersion}, []interface{}{pool.ID, 6})
	// Neutron's answer is 400 here, and no conflict.
	if _, is := subnetpools.Delete(member.network, pool.ID).ExtractErr().(gophercloud.ErrDefault400); !is {
		fail("the pool went while in use")
	}
	inUse(addressscopes.Delete(member.network, scope.ID).ExtractErr(), "the scope")
	must(networks.Delete(member.network, network).ExtractErr(), "deleting the network with its subnet")
	must(subnetpools.Delete(member.network, pool.ID).ExtractErr(), "deleting the pool")
	_, err = subnetpools.Get(member.network, pool.ID).Extract()
	gone(err, "the pool")
	must(addressscopes.Delete(member.network, scope.ID).ExtractErr(), "deleting the scope")
	_, err = addressscopes.Get(member.network, scope.ID).Extract()
	gone(err, "the scope")
}
