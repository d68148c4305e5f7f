package main

import (
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/layer3/portforwarding"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/ports"
)

func readRouter(in cloud, id string) *routers.Router {
	read, err := routers.Get(in.network, id).Extract()
	must(err, "reading the router")
	return read
}

// openstack_networking_router_v2, _router_interface_v2 by subnet and by port, _router_route_v2
func routerResource(member cloud, external string) {
	network, four, six := newPlace(member, "of a router", "10.4.0.0/24", "2001:db8:40::/64")
	made, err := routers.Create(member.network, routers.CreateOpts{
		Name: "r", Description: "first", AdminStateUp: &yes, GatewayInfo: &routers.GatewayInfo{NetworkID: external},
	}).Extract()
	must(err, "making it")
	tag(member, "routers", made.ID, "t")
	read := readRouter(member, made.ID)
	same("router", []interface{}{
		read.Name, read.Description, read.AdminStateUp, read.GatewayInfo.NetworkID, *read.GatewayInfo.EnableSNAT,
		len(read.GatewayInfo.ExternalFixedIPs), read.Status, len(read.Routes), read.Tags,
	}, []interface{}{"r", "first", true, external, true, 2, "ACTIVE", 0, []string{"t"}})
	added, err := routers.AddInterface(member.network, made.ID, routers.AddInterfaceOpts{SubnetID: six}).Extract()
	must(err, "adding an interface by its subnet")
	interfacePort := readPort(member, added.PortID)
	same("interface", []interface{}{interfacePort.DeviceID, interfacePort.DeviceOwner, addressesOf(interfacePort.Port)},
		[]interface{}{made.ID, "network:router_interface", []string{"2001:db8:40::"}})
	port, err := ports.Create(member.network, ports.CreateOpts{
		NetworkID: network, FixedIPs: []ports.IP{{SubnetID: four, IPAddress: "10.4.0.254"}},
	}).Extract()
	must(err, "making a port for it")
	_, err = routers.AddInterface(member.network, made.ID, routers.AddInterfaceOpts{PortID: port.ID}).Extract()
	must(err, "adding an interface by its port")
	route := routers.Route{NextHop: "2001:db8:40::9", DestinationCIDR: "2001:db8:99::/64"}
	_, err = routers.Update(member.network, made.ID, routers.UpdateOpts{Routes: []routers.Route{route}}).Extract()
	must(err, "adding a route")
	same("routes", readRouter(member, made.ID).Routes, []routers.Route{route})
	_, err = routers.Update(member.network, made.ID, routers.UpdateOpts{Routes: []routers.Route{}}).Extract()
	must(err, "taking the route away")
	same("routes", readRouter(member, made.ID).Routes, []routers.Route{})
	inUse(routers.Delete(member.network, made.ID).ExtractErr(), "the router")
	_, err = routers.RemoveInterface(member.network, made.ID, routers.RemoveInterfaceOpts{SubnetID: six}).Extract()
	must(err, "taking an interface away by its subnet")
	_, err = ports.Get(member.network, added.PortID).Extract()
	gone(err, "the interface's port")
	_, err = routers.RemoveInterface(member.network, made.ID, routers.RemoveInterfaceOpts{PortID: port.ID}).Extract()
	must(err, "taking an interface away by its port")
	text := ""
	_, err = routers.Update(member.network, made.ID, routers.UpdateOpts{
		Name: "r2", Description: &text, AdminStateUp: &no, GatewayInfo: &routers.GatewayInfo{},
	}).Extract()
	must(err, "changing it, and taking its gateway away")
	read = readRouter(member, made.ID)
	same("changed router", []interface{}{read.Name, read.Description, read.AdminStateUp, read.GatewayInfo.NetworkID},
		[]interface{}{"r2", "", false, ""})
	must(routers.Delete(member.network, made.ID).ExtractErr(), "deleting it")
	_, err = routers.Get(member.network, made.ID).Extract()
	gone(err, "the router")
	must(networks.Delete(member.network, network).ExtractErr(), "deleting the network")
}

// A port that a router leads to from outside; and what takes all of it away.
func newReachable(member cloud, external, name, cidr4, cidr6 string) (port string, remove func()) {
	network, four, _ := newPlace(member, name, cidr4, cidr6)
	router, err := routers.Create(member.network, routers.CreateOpts{
		Name: name, GatewayInfo: &routers.GatewayInfo{NetworkID: external},
	}).Extract()
	must(err, "making a router")
	_, err = routers.AddInterface(member.network, router.ID, routers.AddInterfaceOpts{SubnetID: four}).Extract()
	must(err, "adding an interface")
	made, err := ports.Create(member.network, ports.CreateOpts{NetworkID: network}).Extract()
	must(err, "making a port")
	return made.ID, func() {
		must(ports.Delete(member.network, made.ID).ExtractErr(), "deleting the port")
		_, err := routers.RemoveInterface(member.network, router.ID, routers.RemoveInterfaceOpts{SubnetID: four}).Extract()
		must(err, "taking the interface away")
		must(routers.Delete(member.network, router.ID).ExtractErr(), "deleting the router")
		must(networks.Delete(member.network, network).ExtractErr(), "deleting the network")
	}
}

// openstack_networking_floatingip_v2, openstack_networking_floatingip_associate_v2
func floatingResource(member cloud, external string) {
	port, remove := newReachable(member, external, "of a floating IP", "10.5.0.0/24", "2001:db8:50::/64")
	made, err := floatingips.Create(member.network, floatingips.CreateOpts{
		FloatingNetworkID: external, Description: "first",
	}).Extract()
	must(err, "making it")
	tag(member, "floatingips", made.ID, "t")
	read, err := floatingips.Get(member.network, made.ID).Extract()
	must(err, "reading it")
	same("floating IP", []interface{}{
		read.FloatingNetworkID, read.Description, read.FloatingIP, read.PortID, read.FixedIP, read.Status, read.Tags,
	}, []interface{}{external, "first", made.FloatingIP, "", "", "DOWN", []string{"t"}})
	_, err = floatingips.Update(member.network, made.ID, floatingips.UpdateOpts{PortID: &port}).Extract()
	must(err, "associating it")
	read, err = floatingips.Get(member.network, made.ID).Extract()
	must(err, "reading it")
	same("port", read.PortID, port)
	if read.FixedIP == "" || read.RouterID == "" {
		fail("no fixed address or router: %#v", read)
	}
	pages, err := floatingips.List(member.network, floatingips.ListOpts{FloatingIP: made.FloatingIP, PortID: port}).AllPages()
	must(err, "listing floating IPs")
	listed, err := floatingips.ExtractFloatingIPs(pages)
	must(err, "reading floating IPs")
	same("number of floating IPs found", len(listed), 1)
	none, text := "", ""
	_, err = floatingips.Update(member.network, made.ID, floatingips.UpdateOpts{PortID: &none, Description: &text}).Extract()
	must(err, "taking the association away")
	read, err = floatingips.Get(member.network, made.ID).Extract()
	must(err, "reading it")
	same("floating IP for nothing", []interface{}{read.PortID, read.FixedIP, read.RouterID, read.Description},
		[]interface{}{"", "", "", ""})
	must(floatingips.Delete(member.network, made.ID).ExtractErr(), "deleting it")
	_, err = floatingips.Get(member.network, made.ID).Extract()
	gone(err, "the floating IP")
	remove()
}

// openstack_networking_portforwarding_v2
func forwardingResource(member cloud, external string) {
	port, remove := newReachable(member, external, "of a forwarding", "10.6.0.0/24", "2001:db8:60::/64")
	var address string
	for _, one := range readPort(member, port).FixedIPs {
		if len(one.IPAddress) < 16 && one.IPAddress[:3] == "10." {
			address = one.IPAddress
		}
	}
	floating, err := floatingips.Create(member.network, floatingips.CreateOpts{FloatingNetworkID: external}).Extract()
	must(err, "making a floating IP")
	made, err := portforwarding.Create(member.network, floating.ID, portforwarding.CreateOpts{
		InternalPortID: port, InternalIPAddress: address, InternalPort: 22, ExternalPort: 2222, Protocol: "tcp",
	}).Extract()
	must(err, "making it")
	_, err = portforwarding.Update(member.network, floating.ID, made.ID, portforwarding.UpdateOpts{ExternalPort: 2223}).Extract()
	must(err, "changing it")
	read, err := portforwarding.Get(member.network, floating.ID, made.ID).Extract()
	must(err, "reading it")
	same("forwarding", []interface{}{
		read.InternalPortID, read.InternalIPAddress, read.InternalPort, read.ExternalPort, read.Protocol,
	}, []interface{}{port, address, 22, 2223, "tcp"})
	must(portforwarding.Delete(member.network, floating.ID, made.ID).ExtractErr(), "deleting it")
	_, err = portforwarding.Get(member.network, floating.ID, made.ID).Extract()
	gone(err, "the forwarding")
	must(floatingips.Delete(member.network, floating.ID).ExtractErr(), "deleting the floating IP")
	remove()
}
