# Sourced: has clients find the peer as cloud `peer` of clouds.yaml.
cat >"$STATE/clouds.yaml" <<CLOUDS
clouds:
  peer:
    auth:
      auth_url: $OS_AUTH_URL
      username: $OS_USERNAME
      password: $OS_PASSWORD
      project_name: $OS_PROJECT_NAME
      user_domain_name: $OS_USER_DOMAIN_NAME
      project_domain_name: $OS_PROJECT_DOMAIN_NAME
    region_name: $OS_REGION_NAME
CLOUDS
export OS_CLIENT_CONFIG_FILE=$STATE/clouds.yaml
