package main

import (
	"github.com/gophercloud/gophercloud/openstack/common/extensions"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/agents"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/networkipavailabilities"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/qos/policies"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/qos/rules"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/qos/ruletypes"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/quotas"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/extensions/rbacpolicies"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/ports"
)

// openstack_networking_qos_policy_v2, _qos_bandwidth_limit_rule_v2, _qos_dscp_marking_rule_v2: an administrator's, for
// the project, whose ports have it.
func qosResource(admin, member cloud, project string) {
	made, err := policies.Create(admin.network, policies.CreateOpts{
		Name: "q", Description: "first", ProjectID: project,
	}).Extract()
	must(err, "making it")
	text := ""
	_, err = policies.Update(admin.network, made.ID, policies.UpdateOpts{Name: "q2", Description: &text, IsDefault: &no}).Extract()
	must(err, "changing it")
	limit, err := rules.CreateBandwidthLimitRule(admin.network, made.ID, rules.CreateBandwidthLimitRuleOpts{
		MaxKBps: 3000, MaxBurstKBps: 300, Direction: "egress",
	}).ExtractBandwidthLimitRule()
	must(err, "making a limit")
	more := 4000
	_, err = rules.UpdateBandwidthLimitRule(admin.network, made.ID, limit.ID, rules.UpdateBandwidthLimitRuleOpts{
		MaxKBps: &more,
	}).ExtractBandwidthLimitRule()
	must(err, "changing the limit")
	limitRead, err := rules.GetBandwidthLimitRule(admin.network, made.ID, limit.ID).ExtractBandwidthLimitRule()
	must(err, "reading the limit")
	same("limit", []interface{}{limitRead.MaxKBps, limitRead.MaxBurstKBps, limitRead.Direction},
		[]interface{}{4000, 300, "egress"})
	mark, err := rules.CreateDSCPMarkingRule(admin.network, made.ID, rules.CreateDSCPMarkingRuleOpts{DSCPMark: 26}).ExtractDSCPMarkingRule()
	must(err, "making a mark")
	markRead, err := rules.GetDSCPMarkingRule(admin.network, made.ID, mark.ID).ExtractDSCPMarkingRule()
	must(err, "reading the mark")
	same("mark", markRead.DSCPMark, 26)
	network := newNetwork(member, "of a policy")
	port, err := ports.Create(member.network, policies.PortCreateOptsExt{
		CreateOptsBuilder: ports.CreateOpts{NetworkID: network}, QoSPolicyID: made.ID,
	}).Extract()
	must(err, "making a port with it")
	same("policy of the port", readPort(member, port.ID).QoSPolicyID, made.ID)
	inUse(policies.Delete(admin.network, made.ID).ExtractErr(), "the policy")
	none := ""
	_, err = ports.Update(member.network, port.ID, policies.PortUpdateOptsExt{
		UpdateOptsBuilder: ports.UpdateOpts{}, QoSPolicyID: &none,
	}).Extract()
	must(err, "taking it from the port")
	same("policy of the port", readPort(member, port.ID).QoSPolicyID, "")
	read, err := policies.Get(member.network, made.ID).Extract()
	must(err, "reading it as a member")
	same("policy", []interface{}{read.Name, read.Description, read.ProjectID, read.Shared, read.IsDefault, len(read.Rules)},
		[]interface{}{"q2", "", project, false, false, 2})
	must(rules.DeleteBandwidthLimitRule(admin.network, made.ID, limit.ID).ExtractErr(), "deleting the limit")
	_, err = rules.GetBandwidthLimitRule(admin.network, made.ID, limit.ID).ExtractBandwidthLimitRule()
	gone(err, "the limit")
	must(ports.Delete(member.network, port.ID).ExtractErr(), "deleting the port")
	must(networks.Delete(member.network, network).ExtractErr(), "deleting the network")
	must(policies.Delete(admin.network, made.ID).ExtractErr(), "deleting it")
	_, err = policies.Get(admin.network, made.ID).Extract()
	gone(err, "the policy")
}

// openstack_networking_rbac_policy_v2: a network of the administrator's, for the project.
func sharingResource(admin, member cloud, project string) {
	network := newNetwork(admin, "to be shared")
	_, err := networks.Get(member.network, network).Extract()
	gone(err, "a network of others")
	made, err := rbacpolicies.Create(admin.network, rbacpolicies.CreateOpts{
		Action: rbacpolicies.ActionAccessShared, ObjectType: "network", TargetTenant: project, ObjectID: network,
	}).Extract()
	must(err, "making it")
	read, err := rbacpolicies.Get(admin.network, made.ID).Extract()
	must(err, "reading it")
	same("policy", []interface{}{read.Action, read.ObjectType, read.TargetTenant, read.ObjectID},
		[]interface{}{rbacpolicies.ActionAccessShared, "network", project, network})
	same("shared", readNetwork(member, network).Shared, true)
	_, err = rbacpolicies.Update(admin.network, made.ID, rbacpolicies.UpdateOpts{TargetTenant: "*"}).Extract()
	must(err, "changing it")
	read, err = rbacpolicies.Get(admin.network, made.ID).Extract()
	must(err, "reading it")
	same("target", read.TargetTenant, "*")
	must(rbacpolicies.Delete(admin.network, made.ID).ExtractErr(), "deleting it")
	_, err = rbacpolicies.Get(admin.network, made.ID).Extract()
	gone(err, "the policy")
	must(networks.Delete(admin.network, network).ExtractErr(), "deleting the network")
}

// openstack_networking_quota_v2
func quotaResource(admin cloud, project string) {
	few := 7
	_, err := quotas.Update(admin.network, project, quotas.UpdateOpts{
		FloatingIP: &few, Network: &few, Port: &few, RBACPolicy: &few, Router: &few, SecurityGroup: &few,
		SecurityGroupRule: &few, Subnet: &few, SubnetPool: &few,
	}).Extract()
	must(err, "setting it")
	read, err := quotas.Get(admin.network, project).Extract()
	must(err, "reading it")
	same("quota", *read, quotas.Quota{
		FloatingIP: 7, Network: 7, Port: 7, RBACPolicy: 7, Router: 7, SecurityGroup: 7, SecurityGroupRule: 7, Subnet: 7,
		SubnetPool: 7,
	})
}

// What the provider looks up: agents, addresses left, kinds of QoS rules, extensions.
func dataSources(admin cloud) {
	pages, err := agents.List(admin.network, agents.ListOpts{}).AllPages()
	must(err, "listing agents")
	_, err = agents.ExtractAgents(pages)
	must(err, "reading agents")
	network, _, _ := newPlace(admin, "with addresses left", "10.7.0.0/24", "2001:db8:70::/64")
	left, err := networkipavailabilities.Get(admin.network, network).Extract()
	must(err, "counting addresses")
	same("number of subnets counted", len(left.SubnetIPAvailabilities), 2)
	must(networks.Delete(admin.network, network).ExtractErr(), "deleting the network")
	pages, err = ruletypes.ListRuleTypes(admin.network).AllPages()
	must(err, "listing kinds of QoS rules")
	kinds, err := ruletypes.ExtractRuleTypes(pages)
	must(err, "reading kinds of QoS rules")
	if len(kinds) == 0 {
		fail("no kinds of QoS rules")
	}
	pages, err = extensions.List(admin.network).AllPages()
	must(err, "listing extensions")
	known, err := extensions.ExtractExtensions(pages)
	must(err, "reading extensions")
	one, err := extensions.Get(admin.network, known[0].Alias).Extract()
	must(err, "reading an extension")
	same("extension", one.Alias, known[0].Alias)
}
