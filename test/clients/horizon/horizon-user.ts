/** What people do about networks in Horizon, by clicks and fields. */
import type { Locator, Page } from 'playwright-core';
import type { Horizon } from './site.ts';

/** One who is signed in, before a page of Horizon. */
export class HorizonUser {
  readonly #page: Page;
  readonly #site: string;

  constructor({ page, site }: Pick<Horizon, 'page' | 'site'>) {
    this.#page = page;
    this.#site = site;
  }

  /** @throws when what is shown then are not the project's networks */
  async signIn(user: string, password: string): Promise<void> {
    // Where people come to otherwise is of Nova, which is not there.
    await this.#open('/auth/login/?next=/project/networks/');
    await this.#page.fill('#id_username', user);
    await this.#page.fill('#id_password', password);
    await this.#page.click('#loginBtn');
    await this.#page.waitForURL('**/project/networks/');
  }

  /**
   * The rows of a page's tables, as text.
   * @throws what the page complains about
   */
  async rows(path: string): Promise<string[]> {
    await this.#open(path);
    await this.#requireNoComplaint();
    const texts = await this.#page.locator('tbody tr').allInnerTexts();
    return texts.map((text) => text.replaceAll(/\s+/g, ' ').trim());
  }

  /** Makes a network with a subnet of IPv6, by the three steps of its dialogue. */
  async createNetwork(wish: {
    readonly name: string;
    readonly cidr: string;
    /** `ipv6_ra_mode/ipv6_address_mode`. */
    readonly modes: string;
  }): Promise<void> {
    await this.#act('/project/networks/', '#networks__action_create', 'Create', async (dialogue) => {
      const next = dialogue.getByRole('button', { name: 'Next' });
      await dialogue.locator('#id_net_name').fill(wish.name);
      await next.click();
      await dialogue.locator('#id_subnet_name').fill(`${wish.name}-subnet`);
      await dialogue.locator('#id_cidr').fill(wish.cidr);
      await choose(dialogue, '#id_ip_version', '6');
      await next.click();
      await choose(dialogue, '#id_ipv6_modes', wish.modes);
    });
  }

  /** Makes a security group; Horizon shows its rules then. */
  async createSecurityGroup(name: string): Promise<void> {
    const create = '#security_groups__action_create';
    await this.#act('/project/security_groups/', create, 'Create Security Group', (dialogue) =>
      dialogue.locator('#id_name').fill(name),
    );
  }

  /** Adds a rule that lets TCP in to a port, from a prefix of IPv6. */
  async allowTcp(securityGroupId: string, port: number, cidr: string): Promise<void> {
    const rules = `/project/security_groups/${securityGroupId}/`;
    await this.#act(rules, '#rules__action_add_rule', 'Add', async (dialogue) => {
      await dialogue.locator('#id_port').fill(`${port}`);
      await dialogue.locator('#id_cidr').fill(cidr);
    });
  }

  /** Makes a router with a gateway on an external network. */
  async createRouter(name: string, externalNetworkId: string): Promise<void> {
    await this.#act('/project/routers/', '#routers__action_create', 'Create Router', async (dialogue) => {
      await dialogue.locator('#id_name').fill(name);
      await choose(dialogue, '#id_external_network', externalNetworkId);
    });
  }

  async attach(routerId: string, subnetId: string): Promise<void> {
    const interfaces = `/project/routers/${routerId}/?tab=router_details__interfaces`;
    await this.#act(interfaces, '#interfaces__action_create', 'Submit', async (dialogue) => {
      const options = dialogue.locator('#id_subnet_id option');
      const texts = await options.evaluateAll((all) => all.map((one) => one.getAttribute('value') ?? ''));
      await choose(dialogue, '#id_subnet_id', texts.find((text) => text.includes(subnetId)) ?? subnetId);
    });
  }

  async createPort(networkId: string, name: string): Promise<void> {
    await this.#act(portsOf(networkId), '#ports__action_create', 'Create', (dialogue) =>
      dialogue.locator('#id_name').fill(name),
    );
  }

  async allocateFloatingIp(externalNetworkId: string): Promise<void> {
    const allocate = '#floating_ips__action_allocate';
    await this.#act('/project/floating_ips/', allocate, 'Allocate IP', (dialogue) =>
      choose(dialogue, '#id_pool', externalNetworkId),
    );
  }

  detachAll(routerId: string): Promise<void> {
    return this.remove(`/project/routers/${routerId}/?tab=router_details__interfaces`, 'interfaces');
  }

  removePorts(networkId: string): Promise<void> {
    return this.remove(portsOf(networkId), 'ports');
  }

  /** Removes what a table shows, of that the rows with one of these texts, or all. */
  async remove(path: string, table: string, texts = [''], action = 'delete'): Promise<void> {
    await this.#open(path);
    for (const text of texts) {
      const boxes = this.#page.locator('tbody tr', { hasText: text }).locator('.themable-checkbox label');
      for (const box of await boxes.all()) await box.click();
    }
    await this.#page.click(`#${table}__action_${action}`);
    await this.#page.locator('.modal-dialog .btn-danger').click();
    await this.#requireSuccess();
  }

  async #open(path: string): Promise<void> {
    await this.#page.goto(new URL(path, this.#site).href);
  }

  /** Opens a page's dialogue, fills it in, and sends it off. */
  async #act(
    path: string,
    opener: string,
    button: string,
    fill: (dialogue: Locator) => Promise<void>,
  ): Promise<void> {
    await this.#open(path);
    await this.#page.click(opener);
    const dialogue = this.#page.locator('.modal-dialog');
    await fill(dialogue);
    await dialogue.getByRole('button', { name: button, exact: true }).last().click();
    await this.#requireSuccess();
  }

  async #requireSuccess(): Promise<void> {
    await this.#page.locator('.alert-success, .alert-danger').first().waitFor();
    await this.#requireNoComplaint();
  }

  async #requireNoComplaint(): Promise<void> {
    const complaints = await this.#page.locator('.alert-danger').allInnerTexts();
    if (complaints.length > 0) throw new Error(complaints.join(' '));
  }
}

/** Horizon hides what it shows as menus of its own. */
const choose = async (dialogue: Locator, field: string, value: string): Promise<void> => {
  await dialogue.locator(field).selectOption(value, { force: true });
};

const portsOf = (networkId: string): string =>
  `/project/networks/${networkId}/detail?tab=network_tabs__ports_tab`;
