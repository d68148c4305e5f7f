"""What a step of the walk is made of: one resource from its making to its end, and a count of the methods asked."""

import inspect

from openstack import exceptions
from openstack.network.v2 import _proxy

PUBLIC = [name for name, value in vars(_proxy.Proxy).items()
          if inspect.isfunction(value) and not name.startswith('_')]

# The methods that a step has called and had an answer from.
asked = set()


class Failure(Exception):
    """A step that cannot go on."""


def _counted(name, method):
    def call(self, *args, **kwargs):
        answer = method(self, *args, **kwargs)
        asked.add(name)
        return answer
    return call


def count_methods():
    """From now on `asked` has each method of the proxy that was called and answered."""
    for name in PUBLIC:
        setattr(_proxy.Proxy, name, _counted(name, vars(_proxy.Proxy)[name]))


def same(what, got, want):
    """Ends the step unless what was read is what was asked for."""
    if got != want:
        raise Failure(f'{what} drifted: asked for {want!r}, read {got!r}')


def refused(what, status, call):
    """Ends the step unless the call is refused with this status."""
    try:
        call()
    except exceptions.HttpException as error:
        same(f'the status of {what}', error.status_code, status)
    else:
        raise Failure(f'{what} was not refused')


def _matches(got, want):
    """Whether what was read is what was asked for: of lists of objects, those keys that were given."""
    if isinstance(want, dict) and isinstance(got, dict):
        return all(key in got and _matches(got[key], value) for key, value in want.items())
    if isinstance(want, list) and isinstance(got, list):
        return len(got) == len(want) and all(_matches(*pair) for pair in zip(got, want))
    return got == want


def holds(what, thing, given, but=()):
    """Ends the step unless the thing has the values that it was given."""
    for key, want in given.items():
        if key not in but and not _matches(getattr(thing, key), want):
            raise Failure(f'{key} of {what} drifted: asked for {want!r}, read {getattr(thing, key)!r}')


def _filters(thing):
    """A filter for each that the library knows and the thing has a plain value for; tags have their own."""
    known = set(type(thing)._query_mapping._mapping) - {
        'limit', 'marker', 'fields', 'sort_key', 'sort_dir', 'tags', 'any_tags', 'not_tags', 'not_any_tags'}
    for name in sorted(known):
        value = getattr(thing, name, None)
        if isinstance(value, (str, int)):
            yield name, value


def _ids(things):
    return [thing.id for thing in things]


def _listed(what, thing, everything, names, unfiltered):
    for name, value in _filters(thing):
        if name in unfiltered:
            continue
        if thing.id not in _ids(everything(**{name: value})):
            raise Failure(f'{what} is not in the list with {name}={value!r}')
        if isinstance(value, bool) and thing.id in _ids(everything(**{name: not value})):
            raise Failure(f'{what} is in the list with {name}={not value!r}')
        if name in names and thing.id in _ids(everything(**{name: f'not {value}'})):
            raise Failure(f'{what} is in the list with another {name}')


def _tagged(net, what, thing, get, everything):
    net.set_tags(thing, ['blue', 'red'])
    same(f'tags of {what}', sorted(get(thing.id).tags), ['blue', 'red'])
    for words, is_there in (({'tags': 'blue,red'}, True), ({'tags': 'blue,green'}, False),
                            ({'any_tags': 'blue,green'}, True), ({'not_tags': 'blue,red'}, False),
                            ({'not_any_tags': 'green'}, True)):
        same(f'{what} in the list with {words}', thing.id in _ids(everything(**words)), is_there)
    net.set_tags(thing, [])
    same(f'tags of {what}', get(thing.id).tags, [])


class Kind:
    """A resource of the proxy by its methods: create_NAME, get_NAME, find_NAME, update_NAME, delete_NAME, PLURAL."""

    def __init__(self, net, name, plural=None, parent=()):
        """parent: what each method but create takes behind, or in place of, the thing."""
        self.net, self.name, self.parent = net, name, parent
        self.everything = lambda **words: list(getattr(net, plural or f'{name}s')(*parent, **words))

    def _method(self, verb):
        return getattr(self.net, f'{verb}_{self.name}')

    def create(self, **given):
        return self._method('create')(*self.parent, **given)

    def get(self, which):
        return self._method('get')(which, *self.parent)

    def find(self, which):
        return self._method('find')(which, *self.parent)

    def update(self, which, **given):
        return self._method('update')(which, *self.parent, **given)

    def delete(self, which, **words):
        return self._method('delete')(which, *self.parent, **words)

    def exists(self, which):
        return which in _ids(self.everything())

    def walk(self, given, changes=None, but=(), names=('name', 'description'), inside=None,
             tagged=True, unfiltered=()):
        """
        Makes one, reads it, finds it, lists it with each filter, tags it, changes it, removes it.
        @param changes what it is changed to; none when it cannot be changed
        @param but what of it is not answered as it was given
        @param names filters for which another value is tried, too
        @param inside what is done with it before it is removed
        @param unfiltered filters that the library knows, and Neutron does not
        @param tagged whether it has tags, where the library has
        """
        what = self.name
        made = self.create(**given)
        holds(what, made, given, but)
        read = self.get(made.id)
        same(f'{what} as it was read', _told(read), _told(made))
        for word in (made.id, made.name) if made.name else (made.id,):
            same(f'{what} found by {word}', getattr(self.find(word), 'id', None), made.id)
        _listed(what, read, self.everything, names, unfiltered)
        if tagged and hasattr(read, 'set_tags'):
            _tagged(self.net, what, read, self.get, self.everything)
        if changes is not None:
            holds(what, self.update(made.id, **changes), changes)
            holds(what, self.get(made.id), {**given, **changes}, but)
        if inside is not None:
            inside(self.get(made.id))
        self.delete(made.id)
        refused(f'{what} that is gone', 404, lambda: self.get(made.id))
        refused(f'{what} that is gone, removed again', 404, lambda: self.delete(made.id, ignore_missing=False))
        self.delete(made.id)
        same(f'{what} found when it is gone', self.find(made.id), None)
        same(f'{what} listed when it is gone', self.exists(made.id), False)


def _told(thing):
    """What the API said of it."""
    return thing.to_dict(computed=False, headers=False)
