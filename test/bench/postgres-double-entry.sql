-- Two-phase transfers as a ledger on PostgreSQL would do them: a hold that counts against the payer's
-- limit, then the posting with both entries. One round trip and one durable commit a phase.
create table accounts (
  id int primary key,
  credit_limit bigint not null,
  posted bigint not null default 0,
  held bigint not null default 0,
  check (posted - held >= -credit_limit)
) with (fillfactor = 50);

create table transfers (
  id bigint generated always as identity primary key,
  payer int not null references accounts,
  payee int not null references accounts,
  amount bigint not null check (amount > 0),
  state text not null default 'held',
  at timestamptz not null default now()
);

create table entries (
  transfer bigint not null references transfers,
  account int not null references accounts,
  delta bigint not null,
  primary key (transfer, account)
);

create function hold(payer_id int, payee_id int, value bigint) returns bigint language plpgsql as $$
declare made bigint;
begin
  update accounts set held = held + value where id = payer_id;
  insert into transfers (payer, payee, amount) values (payer_id, payee_id, value) returning id into made;
  return made;
end $$;

create function post(transfer_id bigint) returns void language plpgsql as $$
declare t transfers;
begin
  update transfers set state = 'posted' where id = transfer_id and state = 'held' returning * into strict t;
  update accounts set held = held - t.amount, posted = posted - t.amount where id = t.payer;
  update accounts set posted = posted + t.amount where id = t.payee;
  insert into entries values (t.id, t.payer, -t.amount), (t.id, t.payee, t.amount);
end $$;
