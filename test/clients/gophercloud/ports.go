package main

import (
	"sort"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/dns"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/extradhcpopts"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/portsbinding"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/portsecurity"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/qos/policies"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/security/rules"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/trunks"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/subnets"
)

// A port as the provider reads it.
type fullPort struct {
	ports.Port
	extradhcpopts.ExtraDHCPOptsExt
	portsecurity.PortSecurityExt
	portsbinding.PortsBindingExt
	dns.PortDNSExt
	policies.QoSPolicyExt
}

func readPort(in cloud, id string) fullPort {
	var read fullPort
	must(ports.Get(in.network, id).ExtractInto(&read), "reading the port")
	return read
}

// A network with a subnet of each version of IP, for other resources to be on.
func newPlace(in cloud, name, cidr4, cidr6 string) (network, subnet4, subnet6 string) {
	network = newNetwork(in, name)
	four, err := subnets.Create(in.network, subnets.CreateOpts{
		NetworkID: network, IPVersion: gophercloud.IPv4, CIDR: cidr4,
	}).Extract()
	must(err, "making a subnet of IPv4")
	six, err := subnets.Create(in.network, subnets.CreateOpts{
		NetworkID: network, IPVersion: gophercloud.IPv6, CIDR: cidr6,
		IPv6RAMode: "dhcpv6-stateful", IPv6AddressMode: "dhcpv6-stateful",
	}).Extract()
	must(err, "making a subnet of IPv6")
	return network, four.ID, six.ID
}

func addressesOf(port ports.Port) []string {
	var found []string
	for _, one := range port.FixedIPs {
		found = append(found, one.IPAddress)
	}
	sort.Strings(found)
	return found
}

// openstack_networking_port_v2
func portResource(member cloud) {
	network, four, six := newPlace(member, "of ports", "10.2.0.0/24", "2001:db8:20::/64")
	group, err := groups.Create(member.network, groups.CreateOpts{Name: "of a port"}).Extract()
	must(err, "making a group")
	pair := ports.AddressPair{IPAddress: "2001:db8:20::99"}
	made, err := ports.Create(member.network, dns.PortCreateOptsExt{
		CreateOptsBuilder: extradhcpopts.CreateOptsExt{
			CreateOptsBuilder: portsecurity.PortCreateOptsExt{
				CreateOptsBuilder: ports.CreateOpts{
					NetworkID: network, Name: "p", Description: "first", AdminStateUp: &yes, DeviceID: "d-1",
					FixedIPs: []ports.IP{
						{SubnetID: four, IPAddress: "10.2.0.20"}, {SubnetID: six, IPAddress: "2001:db8:20::20"},
					},
					SecurityGroups:      &[]string{group.ID},
					AllowedAddressPairs: []ports.AddressPair{pair},
				},
				PortSecurityEnabled: &yes,
			},
			ExtraDHCPOpts: []extradhcpopts.CreateExtraDHCPOpt{
				{OptName: "ntp-server", OptValue: "2001:db8::123", IPVersion: gophercloud.IPv6},
			},
		},
		DNSName: "host-1",
	}).Extract()
	must(err, "making it")
	tag(member, "ports", made.ID, "t")
	read := readPort(member, made.ID)
	same("port", []interface{}{
		read.Name, read.Description, read.AdminStateUp, read.DeviceID, read.DeviceOwner, addressesOf(read.Port),
		read.SecurityGroups, len(read.AllowedAddressPairs), read.PortSecurityEnabled, read.DNSName,
		len(read.ExtraDHCPOpts), read.VNICType, read.QoSPolicyID, read.Tags,
	}, []interface{}{
		"p", "first", true, "d-1", "", []string{"10.2.0.20", "2001:db8:20::20"},
		[]string{group.ID}, 1, true, "host-1", 1, "normal", "", []string{"t"},
	})
	same("allowed address", read.AllowedAddressPairs[0].IPAddress, pair.IPAddress)
	// None, and the port's, are the same to the provider.
	if mac := read.AllowedAddressPairs[0].MACAddress; mac != "" && mac != read.MACAddress {
		fail("the allowed address has a MAC address of its own: %s", mac)
	}
	same("DHCP option", read.ExtraDHCPOpts[0],
		extradhcpopts.ExtraDHCPOpt{OptName: "ntp-server", OptValue: "2001:db8::123", IPVersion: 6})
	same("number of names in DNS", len(read.DNSAssignment), 2)
	name := "p2"
	_, err = ports.Update(member.network, made.ID, extradhcpopts.UpdateOptsExt{
		UpdateOptsBuilder: ports.UpdateOpts{
			Name: &name, SecurityGroups: &[]string{}, AllowedAddressPairs: &[]ports.AddressPair{},
			FixedIPs: []ports.IP{{SubnetID: six, IPAddress: "2001:db8:20::21"}},
		},
		ExtraDHCPOpts: []extradhcpopts.UpdateExtraDHCPOpt{{OptName: "ntp-server", IPVersion: gophercloud.IPv6}},
	}).Extract()
	must(err, "changing it")
	read = readPort(member, made.ID)
	same("changed port", []interface{}{
		read.Name, addressesOf(read.Port), read.SecurityGroups, len(read.AllowedAddressPairs), len(read.ExtraDHCPOpts),
	}, []interface{}{"p2", []string{"2001:db8:20::21"}, []string{}, 0, 0})
	pages, err := ports.List(member.network, ports.ListOpts{
		NetworkID: network, FixedIPs: []ports.FixedIPOpts{{IPAddress: "2001:db8:20::21", SubnetID: six}},
	}).AllPages()
	must(err, "listing ports")
	listed, err := ports.ExtractPorts(pages)
	must(err, "reading ports")
	same("number of ports found", len(listed), 1)
	inUse(networks.Delete(member.network, network).ExtractErr(), "the network")
	must(ports.Delete(member.network, made.ID).ExtractErr(), "deleting it")
	_, err = ports.Get(member.network, made.ID).Extract()
	gone(err, "the port")
	must(groups.Delete(member.network, group.ID).ExtractErr(), "deleting the group")
	must(networks.Delete(member.network, network).ExtractErr(), "deleting the network")
}

// `binding` of openstack_networking_port_v2, and `no_fixed_ip`
func boundPort(admin cloud) {
	network, _, _ := newPlace(admin, "of bound ports", "10.3.0.0/24", "2001:db8:30::/64")
	made, err := ports.Create(admin.network, portsbinding.CreateOptsExt{
		CreateOptsBuilder: ports.CreateOpts{NetworkID: network, FixedIPs: []interface{}{}},
		HostID:            "host-of-terraform", VNICType: "normal", Profile: map[string]interface{}{"key": "value"},
	}).Extract()
	must(err, "making it")
	read := readPort(admin, made.ID)
	same("bound port", []interface{}{read.HostID, read.VNICType, read.Profile, len(read.FixedIPs)},
		[]interface{}{"host-of-terraform", "normal", map[string]interface{}{"key": "value"}, 0})
	none := ""
	_, err = ports.Update(admin.network, made.ID, portsbinding.UpdateOptsExt{
		UpdateOptsBuilder: ports.UpdateOpts{}, HostID: &none, Profile: map[string]interface{}{},
	}).Extract()
	must(err, "unbinding it")
	read = readPort(admin, made.ID)
	same("unbound port", []interface{}{read.HostID, read.VIFType}, []interface{}{"", "unbound"})
	must(ports.Delete(admin.network, made.ID).ExtractErr(), "deleting it")
	must(networks.Delete(admin.network, network).ExtractErr(), "deleting the network")
}

// openstack_networking_secgroup_v2 with `delete_default_rules`, openstack_networking_secgroup_rule_v2
func groupResource(member cloud) {
	group, err := groups.Create(member.network, groups.CreateOpts{Name: "g", Description: "first"}).Extract()
	must(err, "making the group")
	for _, usual := range group.Rules {
		must(rules.Delete(member.network, usual.ID).ExtractErr(), "deleting a usual rule")
	}
	wishes := []rules.CreateOpts{
		{Direction: "ingress", EtherType: "IPv6", Protocol: "tcp", PortRangeMin: 22, PortRangeMax: 22,
			RemoteIPPrefix: "2001:db8::/32", Description: "ssh"},
		{Direction: "egress", EtherType: "IPv4", Protocol: "udp", PortRangeMin: 53, PortRangeMax: 54,
			RemoteIPPrefix: "0.0.0.0/0"},
		{Direction: "ingress", EtherType: "IPv6", Protocol: "ipv6-icmp"},
		{Direction: "ingress", EtherType: "IPv6", Protocol: "58", PortRangeMin: 128},
		{Direction: "ingress", EtherType: "IPv4", Protocol: "icmp", PortRangeMin: 8},
		{Direction: "ingress", EtherType: "IPv4", Protocol: "112"},
		{Direction: "ingress", EtherType: "IPv6", RemoteGroupID: group.ID},
		{Direction: "ingress", EtherType: "IPv4"},
	}
	for _, wish := range wishes {
		wish.SecGroupID = group.ID
		made, err := rules.Create(member.network, wish).Extract()
		must(err, "making a rule")
		read, err := rules.Get(member.network, made.ID).Extract()
		must(err, "reading the rule")
		same("rule", []interface{}{
			read.Direction, read.EtherType, read.Protocol, read.PortRangeMin, read.PortRangeMax, read.RemoteIPPrefix,
			read.RemoteGroupID, read.SecGroupID, read.Description,
		}, []interface{}{
			string(wish.Direction), string(wish.EtherType), string(wish.Protocol), wish.PortRangeMin, wish.PortRangeMax,
			wish.RemoteIPPrefix, wish.RemoteGroupID, group.ID, wish.Description,
		})
		_, err = rules.Create(member.network, wish).Extract()
		inUse(err, "the same rule again")
	}
	text := ""
	_, err = groups.Update(member.network, group.ID, groups.UpdateOpts{Name: "g2", Description: &text}).Extract()
	must(err, "changing the group")
	group, err = groups.Get(member.network, group.ID).Extract()
	must(err, "reading the group")
	same("group", []interface{}{group.Name, group.Description, len(group.Rules)}, []interface{}{"g2", "", len(wishes)})
	rule := group.Rules[0].ID
	must(rules.Delete(member.network, rule).ExtractErr(), "deleting a rule")
	_, err = rules.Get(member.network, rule).Extract()
	gone(err, "the rule")
	must(groups.Delete(member.network, group.ID).ExtractErr(), "deleting the group")
	_, err = groups.Get(member.network, group.ID).Extract()
	gone(err, "the group")
}

// openstack_networking_trunk_v2
func trunkResource(member cloud) {
	network := newNetwork(member, "of a trunk")
	var ids []string
	for range [3]int{} {
		made, err := ports.Create(member.network, ports.CreateOpts{NetworkID: network}).Extract()
		must(err, "making a port")
		ids = append(ids, made.ID)
	}
	first := trunks.Subport{SegmentationID: 101, SegmentationType: "vlan", PortID: ids[1]}
	second := trunks.Subport{SegmentationID: 102, SegmentationType: "vlan", PortID: ids[2]}
	made, err := trunks.Create(member.network, trunks.CreateOpts{
		Name: "t", Description: "first", PortID: ids[0], AdminStateUp: &yes, Subports: []trunks.Subport{first},
	}).Extract()
	must(err, "making it")
	name, text := "t2", ""
	_, err = trunks.Update(member.network, made.ID, trunks.UpdateOpts{Name: &name, Description: &text}).Extract()
	must(err, "changing it")
	_, err = trunks.AddSubports(member.network, made.ID, trunks.AddSubportsOpts{Subports: []trunks.Subport{second}}).Extract()
	must(err, "adding a subport")
	_, err = trunks.RemoveSubports(member.network, made.ID, trunks.RemoveSubportsOpts{
		Subports: []trunks.RemoveSubport{{PortID: ids[1]}},
	}).Extract()
	must(err, "taking a subport away")
	tag(member, "trunks", made.ID, "t")
	read, err := trunks.Get(member.network, made.ID).Extract()
	must(err, "reading it")
	same("trunk", []interface{}{read.Name, read.Description, read.PortID, read.AdminStateUp, read.Subports, read.Tags},
		[]interface{}{"t2", "", ids[0], true, []trunks.Subport{second}, []string{"t"}})
	inUse(ports.Delete(member.network, ids[0]).ExtractErr(), "its port")
	must(trunks.Delete(member.network, made.ID).ExtractErr(), "deleting it")
	_, err = trunks.Get(member.network, made.ID).Extract()
	gone(err, "the trunk")
	for _, id := range ids {
		must(ports.Delete(member.network, id).ExtractErr(), "deleting a port")
	}
	must(networks.Delete(member.network, network).ExtractErr(), "deleting the network")
}
