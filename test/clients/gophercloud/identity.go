package main

import (
	"github.com/gophercloud/gophercloud/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/openstack/identity/v3/roles"
	"github.com/gophercloud/gophercloud/openstack/identity/v3/users"
)

const memberPassword = "a member's password"

// openstack_identity_project_v3, _user_v3, _role_assignment_v3. Returns the project, and the cloud as its member.
func newMember(admin cloud) (string, cloud) {
	project, err := projects.Create(admin.identity, projects.CreateOpts{
		Name: "terraform", Description: "made by a program", Enabled: &yes,
	}).Extract()
	must(err, "making a project")
	read, err := projects.Get(admin.identity, project.ID).Extract()
	must(err, "reading the project")
	same("project", []interface{}{read.Name, read.Description, read.Enabled, read.DomainID},
		[]interface{}{"terraform", "made by a program", true, "default"})
	user, err := users.Create(admin.identity, users.CreateOpts{
		Name: "terraform-user", Password: memberPassword, DefaultProjectID: project.ID, Enabled: &yes,
	}).Extract()
	must(err, "making a user")
	found, err := users.Get(admin.identity, user.ID).Extract()
	must(err, "reading the user")
	same("user", []interface{}{found.Name, found.DefaultProjectID, found.Enabled},
		[]interface{}{"terraform-user", project.ID, true})
	pages, err := roles.List(admin.identity, roles.ListOpts{Name: "member"}).AllPages()
	must(err, "listing roles")
	named, err := roles.ExtractRoles(pages)
	must(err, "reading roles")
	same("number of roles called member", len(named), 1)
	must(roles.Assign(admin.identity, named[0].ID, roles.AssignOpts{UserID: user.ID, ProjectID: project.ID}).ExtractErr(),
		"assigning the role")
	pages, err = roles.ListAssignments(admin.identity, roles.ListAssignmentsOpts{
		UserID: user.ID, ScopeProjectID: project.ID,
	}).AllPages()
	must(err, "listing assignments")
	assigned, err := roles.ExtractRoleAssignments(pages)
	must(err, "reading assignments")
	same("number of assignments", len(assigned), 1)
	return project.ID, signIn("terraform-user", memberPassword, "terraform")
}
